	.text
	.file	"it"
	.p2align	2
	.type	tg_run,@function
tg_run:
	.cfi_startproc
	str	x30, [sp, #-16]!
	.cfi_def_cfa_offset 16
	.cfi_offset w30, -16
	adrp	x1, .Lsite
	add	x1, x1, :lo12:.Lsite
	adrp	x2, .Lpieces
	add	x2, x2, :lo12:.Lpieces
	add	x4, sp, #8
	mov	w3, #1
	bl	tgrt_print
	ldr	x30, [sp], #16
	ret
.Lfunc_end0:
	.size	tg_run, .Lfunc_end0-tg_run
	.cfi_endproc

	.p2align	2
	.type	tg_plan,@function
tg_plan:
	.cfi_startproc
	mov	x0, xzr
	ret
.Lfunc_end1:
	.size	tg_plan, .Lfunc_end1-tg_plan
	.cfi_endproc

	.type	.Ltext,@object
	.section	.rodata.str1.16,"aMS",@progbits,1
	.p2align	4, 0x0
.Ltext:
	.asciz	"/tmp/tmp36wyy7lb/it.tg"
	.size	.Ltext, 23

	.type	.Ltext.1,@object
	.section	.rodata.str1.4,"aMS",@progbits,1
	.p2align	2, 0x0
.Ltext.1:
	.asciz	"print"
	.size	.Ltext.1, 6

	.type	.Lsite,@object
	.section	.data.rel.ro,"aw",@progbits
	.p2align	3, 0x0
.Lsite:
	.xword	.Ltext
	.xword	1
	.xword	.Ltext.1
	.size	.Lsite, 24

	.type	.Ltext.2,@object
	.section	.rodata,"a",@progbits
.Ltext.2:
	.ascii	"hello"
	.size	.Ltext.2, 5

	.type	.Lpieces,@object
	.section	.data.rel.ro,"aw",@progbits
	.p2align	3, 0x0
.Lpieces:
	.xword	0
	.xword	.Ltext.2
	.xword	5
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.size	.Lpieces, 104

	.type	.Ltext.3,@object
	.section	.rodata.str1.4,"aMS",@progbits,1
	.p2align	2, 0x0
.Ltext.3:
	.asciz	"it"
	.size	.Ltext.3, 3

	.type	.Ltext.4,@object
	.p2align	2, 0x0
.Ltext.4:
	.zero	1
	.size	.Ltext.4, 1

	.type	tg_program,@object
	.section	.data.rel.ro,"aw",@progbits
	.globl	tg_program
	.p2align	3, 0x0
tg_program:
	.xword	2
	.xword	.Ltext.3
	.xword	7161318122495045091
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.xword	0
	.xword	.Ltext.4
	.xword	0
	.xword	tg_plan
	.xword	tg_run
	.size	tg_program, 184

	.section	".note.GNU-stack","",@progbits
