// The form of a program, which stage.c reads. Words are 32 bits, little endian as every processor that sc
// runs on. Both files must be changed together.
//
//   header        4 words   magic, number of entries, number of relocations, offset of the data
//   entries      18 words   code, where a failure leads, kinds, number of arguments, six of them of 64
//                            bits, result
//   relocations   2 words   where in the data a pointer stands, what in the data it points at
//   data                    each piece on a multiple of 8; first the message "failed" of
//                            protocol.ts, into which the walker puts the entry that failed and its errno

export const HEADER_WORDS = 4;
/** The word of the header that says where the data begins. */
export const DATA_AT = 3;
export const ENTRY_WORDS = 18;
export const RELOCATION_WORDS = 2;
export const MAGIC = 0x31504353;

/** In place of where a failure leads: the failure is allowed. */
export const IGNORE_FAILURE = 0xffffffff;

/** Words of an entry. */
export const CODE = 0;
export const ON_FAILURE = 1;
export const KINDS = 2;
/** For people only: the walker passes all six. */
export const COUNT = 3;
export const ARGUMENTS = 4;

/** How the value of an argument is found: four bits for each, from the lowest. */
export const kinds = {
  integer: 0,
  pointer: 1,
  result: 2,
  load8: 3,
  load16: 4,
  load32: 5,
  load64: 6,
} as const;

/** What is no system call. Arguments of a jump: target, condition, left, right. */
export const controls = { jump: 0x10000, store: 0x10001, fail: 0x10002 } as const;

export const conditions = { always: 0, equal: 1, 'not-equal': 2, less: 3, mask: 4 } as const;

export type Condition = keyof typeof conditions;
