/*
 * image.S - the linked vDSO as bytes; the build folder is on the include path.
 */
        .section .rodata.vdso, "a"
        .globl  vdso_image
        .globl  vdso_image_end
        .balign 16
vdso_image:
        .incbin "vdso_image.bin"
vdso_image_end:

        .section .note.GNU-stack, "", @progbits
