# join.cmake: cmake -DAR=ar -DINTO=a.a -DFROM=b.a -P join.cmake: adds the objects of one archive to another
file(WRITE "${INTO}.mri" "CREATE ${INTO}.new\nADDLIB ${INTO}\nADDLIB ${FROM}\nSAVE\nEND\n")
execute_process(COMMAND ${AR} -M INPUT_FILE "${INTO}.mri" COMMAND_ERROR_IS_FATAL ANY)
file(RENAME "${INTO}.new" "${INTO}")
file(REMOVE "${INTO}.mri")
