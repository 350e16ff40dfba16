/** siginfo_t of waitid(2), and where its members are. */
export const SIGINFO_SIZE = 128;
export const SI_CODE = 8;
export const SI_PID = 16;
export const SI_STATUS = 24;
