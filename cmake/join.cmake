# join.cmake: cmake -DAR=ar -DINTO=a.a -DFROM=b.a -P join.cmake: adds the objects of one archive to another.
# ar's script has no quotes: it runs where the archive is, with names that have no folder and so no blanks.
get_filename_component(folder "${INTO}" DIRECTORY)
get_filename_component(name "${INTO}" NAME)
configure_file("${FROM}" "${folder}/joined.a" COPYONLY)
file(WRITE "${folder}/join.mri" "CREATE new.a\nADDLIB ${name}\nADDLIB joined.a\nSAVE\nEND\n")
execute_process(COMMAND ${AR} -M INPUT_FILE "${folder}/join.mri" WORKING_DIRECTORY "${folder}" COMMAND_ERROR_IS_FATAL ANY)
file(RENAME "${folder}/new.a" "${INTO}")
file(REMOVE "${folder}/joined.a" "${folder}/join.mri")
