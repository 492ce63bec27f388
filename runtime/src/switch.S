/* Context switches: only what the C calling convention says a call preserves. See process.h for the prototypes. */

#if defined(__APPLE__)
#define SYMBOL(name) _##name
#define FUNCTION(name) .globl SYMBOL(name); .p2align 4; SYMBOL(name):
#define END(name)
#else
#define SYMBOL(name) name
#define FUNCTION(name) .globl name; .type name, %function; .p2align 4; name:
#define END(name) .size name, . - name
#endif

    .text

#if defined(__x86_64__)

/* void mesh_switch(void **save_sp, void *to_sp) */
FUNCTION(mesh_switch)
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
END(mesh_switch)

/* void *mesh_stack_prepare(void *top, void (*entry)(void *), void *arg) */
FUNCTION(mesh_stack_prepare)
    andq $-16, %rdi
    leaq mesh_stack_enter(%rip), %rax
    movq $0, -8(%rdi)
    movq %rax, -16(%rdi)  /* returned to */
    movq $0, -24(%rdi)    /* rbp: the end of the frame chain */
    movq %rsi, -32(%rdi)  /* rbx */
    movq %rdx, -40(%rdi)  /* r12 */
    movq $0, -48(%rdi)
    movq $0, -56(%rdi)
    movq $0, -64(%rdi)
    leaq -64(%rdi), %rax
    ret
END(mesh_stack_prepare)

    .p2align 4
mesh_stack_enter:
    .cfi_startproc
    .cfi_undefined rip
    subq $8, %rsp
    movq %r12, %rdi
    xorl %ebp, %ebp
    call *%rbx
    ud2
    .cfi_endproc

/* int mesh_jump_set(mesh_jump *) */
FUNCTION(mesh_jump_set)
    movq (%rsp), %rax
    movq %rax, 0(%rdi)
    leaq 8(%rsp), %rax
    movq %rax, 8(%rdi)
    movq %rbp, 16(%rdi)
    movq %rbx, 24(%rdi)
    movq %r12, 32(%rdi)
    movq %r13, 40(%rdi)
    movq %r14, 48(%rdi)
    movq %r15, 56(%rdi)
    xorl %eax, %eax
    ret
END(mesh_jump_set)

/* void mesh_jump_to(mesh_jump *) */
FUNCTION(mesh_jump_to)
    movq 16(%rdi), %rbp
    movq 24(%rdi), %rbx
    movq 32(%rdi), %r12
    movq 40(%rdi), %r13
    movq 48(%rdi), %r14
    movq 56(%rdi), %r15
    movq 8(%rdi), %rsp
    movl $1, %eax
    jmpq *0(%rdi)
END(mesh_jump_to)

/* void mesh_call_on_stack(void *sp, void (*fn)(void *), void *arg) */
FUNCTION(mesh_call_on_stack)
    .cfi_startproc
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset rbp, -16
    movq %rsp, %rbp
    .cfi_def_cfa_register rbp
    andq $-16, %rdi
    movq %rdi, %rsp
    movq %rdx, %rdi
    call *%rsi
    movq %rbp, %rsp
    popq %rbp
    ret
    .cfi_endproc
END(mesh_call_on_stack)

#elif defined(__aarch64__)

FUNCTION(mesh_switch)
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
END(mesh_switch)

FUNCTION(mesh_stack_prepare)
    and x0, x0, #-16
    sub x0, x0, #160
    str x1, [x0, #0]      /* x19: entry */
    str x2, [x0, #8]      /* x20: argument */
    str xzr, [x0, #80]    /* x29: the end of the frame chain */
    adr x9, mesh_stack_enter
    str x9, [x0, #88]
    ret
END(mesh_stack_prepare)

    .p2align 4
mesh_stack_enter:
    .cfi_startproc
    .cfi_undefined x30
    mov x0, x20
    mov x29, xzr
    mov x30, xzr
    blr x19
    brk #1
    .cfi_endproc

FUNCTION(mesh_jump_set)
    stp x19, x20, [x0, #0]
    stp x21, x22, [x0, #16]
    stp x23, x24, [x0, #32]
    stp x25, x26, [x0, #48]
    stp x27, x28, [x0, #64]
    stp x29, x30, [x0, #80]
    stp d8, d9, [x0, #96]
    stp d10, d11, [x0, #112]
    stp d12, d13, [x0, #128]
    stp d14, d15, [x0, #144]
    mov x9, sp
    str x9, [x0, #160]
    mov w0, #0
    ret
END(mesh_jump_set)

FUNCTION(mesh_jump_to)
    ldp x19, x20, [x0, #0]
    ldp x21, x22, [x0, #16]
    ldp x23, x24, [x0, #32]
    ldp x25, x26, [x0, #48]
    ldp x27, x28, [x0, #64]
    ldp x29, x30, [x0, #80]
    ldp d8, d9, [x0, #96]
    ldp d10, d11, [x0, #112]
    ldp d12, d13, [x0, #128]
    ldp d14, d15, [x0, #144]
    ldr x9, [x0, #160]
    mov sp, x9
    mov w0, #1
    br x30
END(mesh_jump_to)

FUNCTION(mesh_call_on_stack)
    .cfi_startproc
    stp x29, x30, [sp, #-16]!
    .cfi_def_cfa_offset 16
    .cfi_offset x29, -16
    .cfi_offset x30, -8
    mov x29, sp
    .cfi_def_cfa_register x29
    and x9, x0, #-16
    mov sp, x9
    mov x0, x2
    blr x1
    mov sp, x29
    ldp x29, x30, [sp], #16
    ret
    .cfi_endproc
END(mesh_call_on_stack)

#else
#error "no context switch for this machine"
#endif

#if defined(__linux__)
    .section .note.GNU-stack, "", %progbits
#endif
