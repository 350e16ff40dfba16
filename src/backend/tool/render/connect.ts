import type { ProgramBuilder } from '../../native/program/builder.ts';
import type { Argument, Data } from '../../native/program/program.ts';
import type { RenderRequest } from '../../native/render/input.ts';
import { close } from '../../native/render/mount-api.ts';
import { attachInit, visitNetwork } from '../../native/render/network.ts';
import { openDirectory } from '../../native/render/overlay.ts';
import { writeSysctls } from '../../native/render/sysctls.ts';
import { settingsOf } from '../settings.ts';

/**
 * In the keeper, when the first process of the container waits to go on: attaches it to bridges as on native, and
 * writes those settings of its network that a tool could not have written before.
 */
export function connect(
  p: ProgramBuilder,
  request: Pick<RenderRequest, 'container' | 'interfaces'>,
  init: { pid: Argument; pidfd: Data },
): void {
  const { interfaces = [] } = request;
  if (interfaces.length === 0) return;
  const gone = p.label('it fails before it is attached');
  attachInit(p, interfaces, init, gone);
  const { ofKeeper } = settingsOf(request);
  if (Object.keys(ofKeeper).length > 0) {
    // Whoever writes to /proc/sys/net writes to the network that he is in.
    const leave = visitNetwork(p, { load: 32, from: init.pidfd, at: 0 }, gone);
    const proc = openDirectory(p, 'open /proc', '/proc');
    writeSysctls(p, proc, ofKeeper);
    close(p, proc);
    leave();
  }
  p.place(gone);
}
