/** The longest that a timer of Node knows, in milliseconds: one that is to take longer is over at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;
