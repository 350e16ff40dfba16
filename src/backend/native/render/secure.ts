import { AT_FDCWD, PR_SET_DUMPABLE, PR_SET_NAME } from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';

/**
 * Not dumpable: nobody may look into the keeper or, before its exec, into init (CVE-2016-9962). Not to be
 * executed: a program of the image whose interpreter is /proc/self/exe is an error, and never the stage.
 * `last` is the last descriptor that it was given.
 */
export function secure(p: ProgramBuilder, last: number): void {
  p.call('close what was open in the caller', 'close_range', last + 1, 0xffff_ffff, 0);
  p.call('let nobody execute this again', 'fchmodat', AT_FDCWD, p.string('/proc/self/exe'), 0);
  p.call('allow nobody to look inside', 'prctl', PR_SET_DUMPABLE, 0, 0, 0, 0);
  p.call("hold nobody's directory", 'chdir', p.string('/'));
  // Not those of the caller: a container that may not enter its control groups does not know its limits.
  p.call('make files with the usual modes', 'umask', 0o022);
  p.call('take a name', 'prctl', PR_SET_NAME, p.string('sc-keeper'), 0, 0, 0);
}
