import { AT_FDCWD, MNT_DETACH, O_CLOEXEC, O_WRONLY, PR_SET_DUMPABLE } from '../../../linux/constants.ts';
import { ProgramBuilder } from '../../native/program/builder.ts';
import type { Program } from '../../native/program/program.ts';
import { FAILED_SIZE, INDEX_OF_INIT } from '../../native/protocol.ts';
import { dieWithKeeper } from '../../native/render/die-with-keeper.ts';
import { becomeContainer, keepMountsPrivate, nameAndConnect } from '../../native/render/init.ts';
import type { InitView, RenderRequest } from '../../native/render/input.ts';
import { LOCKS } from '../layout.ts';
import { lxcDescriptors } from '../protocol.ts';
import { beBorn } from './birth.ts';

/** The exit code of an init that could not become the container's program. */
const INIT_FAILED = 125;

/**
 * The list of the container's first process, which lxc-start has made in new namespaces and in its control groups, with
 * all the rights of the host: what follows is the same as on native.
 */
export function renderLxcInit(request: RenderRequest, host: InitView): Program {
  const p = new ProgramBuilder();
  const [silent, failed] = [p.label('init is not born'), p.label('init fails')];
  p.failTo(silent);
  secureInit(p);
  const { errors, channel, smallInit } = beBorn(p, request.container.monitor.init);
  p.failTo(failed);
  keepMountsPrivate(p);
  p.attempt('let go of the locks of lxc', 'umount2', p.string(LOCKS), MNT_DETACH);
  nameAndConnect(p, request.container);
  if (host.oomScore !== undefined) setOomScore(p, host.oomScore);
  const parts = { errors, channel, smallInit, sys: undefined };
  becomeContainer(p, request, host, parts, (make) => ({ result: make() }));

  p.place(failed);
  p.store('of this list', p.failure, 7, INDEX_OF_INIT / 0x100_0000, 1);
  p.attempt('tell the keeper', 'write', { load: 32, from: errors, at: 4 }, p.failure, FAILED_SIZE);
  p.place(silent);
  p.attempt('end', 'exit_group', INIT_FAILED);
  return p.finish();
}

/** Nobody may look into it before it is the program, or execute its file then (CVE-2016-9962, CVE-2019-5736). */
function secureInit(p: ProgramBuilder): void {
  p.call('allow nobody to look inside', 'prctl', PR_SET_DUMPABLE, 0, 0, 0, 0);
  dieWithKeeper(p);
  p.call('let nobody execute this again', 'fchmod', lxcDescriptors.stage, 0);
}

/** Of itself: lxc-start is not to be killed in its place. */
function setOomScore(p: ProgramBuilder, score: number): void {
  const words = `set /proc/self/oom_score_adj to ${score}`;
  const flags = O_WRONLY | O_CLOEXEC;
  const file = p.call(words, 'openat', AT_FDCWD, p.string('/proc/self/oom_score_adj'), flags);
  const text = String(score);
  const written = p.attempt(words, 'write', { result: file }, p.string(text), text.length);
  p.fail(
    words,
    { result: written },
    { EACCES: 'give who starts sc CAP_SYS_RESOURCE, or ask for no less than its own score' },
  );
  p.call('close', 'close', { result: file });
}
