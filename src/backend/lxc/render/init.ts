import { MNT_DETACH, PR_SET_DUMPABLE } from '../../../linux/constants.ts';
import { ProgramBuilder } from '../../native/program/builder.ts';
import type { Program } from '../../native/program/program.ts';
import { FAILED_SIZE, INDEX_OF_INIT } from '../../native/protocol.ts';
import { dieWithKeeper } from '../../native/render/die-with-keeper.ts';
import { becomeContainer, keepMountsPrivate, nameAndConnect, supply } from '../../native/render/init.ts';
import type { InitView, RenderRequest } from '../../native/render/input.ts';
import { setOomScore } from '../../native/render/oom-score.ts';
import { offerNamespaces } from '../../native/render/user-namespace.ts';
import { LOCKS } from '../layout.ts';
import { beBorn } from './birth.ts';

/** The exit code of an init that could not become the container's program. */
const INIT_FAILED = 125;

/**
 * The list of the container's first process, which lxc-start has made in new namespaces and in its control groups, with
 * all rights over them: what follows is the same as on native.
 */
export function renderLxcInit(request: RenderRequest, host: InitView): Program {
  const p = new ProgramBuilder();
  const [silent, failed] = [p.label('init is not born'), p.label('init fails')];
  p.failTo(silent);
  secureInit(p);
  const { container } = request;
  const parts = beBorn(p, container);
  const { errors, channel } = parts;
  const hasOwnUsers = container.security.userNamespace !== undefined;
  p.failTo(failed);
  keepMountsPrivate(p);
  p.attempt('let go of the locks of lxc', 'umount2', p.string(LOCKS), MNT_DETACH);
  if (hasOwnUsers) offerNamespaces(p, channel.child);
  nameAndConnect(p, container);
  // Of itself: lxc-start is not to be killed in its place.
  if (!hasOwnUsers && host.oomScore !== undefined) setOomScore(p, host.oomScore);
  becomeContainer(p, request, host, parts, supply(p, request, channel));

  p.place(failed);
  p.store('of this list', p.failure, 7, INDEX_OF_INIT / 0x100_0000, 1);
  p.attempt('tell the keeper', 'write', { load: 32, from: errors, at: 4 }, p.failure, FAILED_SIZE);
  p.place(silent);
  p.attempt('end', 'exit_group', INIT_FAILED);
  return p.finish();
}

/** Nobody may look into it before it is the program (CVE-2016-9962). */
function secureInit(p: ProgramBuilder): void {
  p.call('allow nobody to look inside', 'prctl', PR_SET_DUMPABLE, 0, 0, 0, 0);
  dieWithKeeper(p);
}
