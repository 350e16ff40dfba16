/**
 * What the kernel's number of a terminal (proc_pid_stat(5), tty_nr) is called below /dev; undefined for 0, which
 * is none, and for drivers without a name here (Documentation/admin-guide/devices.txt).
 */
export function terminalName(number: number): string | undefined {
  const major = (number >>> 8) & 0xfff;
  const minor = (number & 0xff) | ((number >>> 12) & 0xfff00);
  if (major >= 136 && major <= 143) return `pts/${(major - 136) * 256 + minor}`;
  if (major === 4) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`;
  if (major === 5 && minor === 1) return 'console';
  return undefined;
}
