/*
 * image.S - the header and the first instructions of init, aarch64.
 *
 * x0 = address of struct bootinfo; sp = stack_top, a multiple of 16.
 */
        .section .header, "a"
        .quad   0x74696e696d726f63      /* INIT_MAGIC */
        .quad   init_entry
        .quad   image_stack_top
        .quad   image_text_bytes
        .quad   image_file_bytes
        .quad   image_memory_bytes

        .section .text.start, "ax"
        .globl  init_entry
        .type   init_entry, @function
init_entry:
        mov     x29, xzr
        bl      init_main
        udf     #0
        .size   init_entry, . - init_entry

        .section .note.GNU-stack, "", @progbits
