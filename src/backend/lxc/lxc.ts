import { join } from 'node:path';
import type {
  Accounting,
  Attaching,
  Backend,
  Confirming,
  Detaching,
  Executing,
  Explaining,
  Pausing,
  Recording,
  Remark,
  Updating,
} from '../backend.ts';
import { nativeAccounting } from '../native/accounting.ts';
import { adopt } from '../native/adopt.ts';
import { nativeAttaching } from '../native/attach.ts';
import { detach, leaveGroups } from '../native/detach.ts';
import { execute } from '../native/execute.ts';
import { readExitRecord } from '../native/exit-record.ts';
import { standGuard } from '../native/guard.ts';
import { earlierKeeperGone } from '../native/held-record.ts';
import { judgeLimits, settle } from '../native/host.ts';
import { lacking } from '../native/lacking.ts';
import { nativePausing } from '../native/pausing.ts';
import { explain } from '../native/program/explain.ts';
import { refusedByHost } from '../native/refusals.ts';
import { updating } from '../native/updating.ts';
import { cleanUpLxc, kernelTellsEnds, type LxcOptions, launchByLxc, renderLxc } from './launch.ts';

/** Long for a machine that is busy with a hundred starts, short for one who waits. */
const PATIENCE = 30_000;

const TELLER: Remark = {
  path: 'monitor.init',
  message:
    'before Linux 6.15 only a small init can tell how the program has ended, and is process 1 for that',
  value: true,
};

/** lxc-start makes namespaces, network and control groups of each container; keeper and init are as on native. */
export function lxcBackend(
  given: Pick<LxcOptions, 'root'> & Partial<LxcOptions>,
): Backend &
  Accounting &
  Attaching &
  Confirming &
  Detaching &
  Executing &
  Explaining &
  Pausing &
  Recording &
  Updating {
  const options: LxcOptions = {
    cgroupParent: '/sc',
    program: 'lxc-start',
    patience: PATIENCE,
    tellsEnds: kernelTellsEnds(),
    ...given,
  };
  const cacheDirectory = join(options.root, 'cache', 'seccomp');
  const cleanUp = (id: string) => cleanUpLxc(id, options);
  return {
    name: 'lxc',
    unsupported: (container) => refusedByHost(container, cacheDirectory),
    remarks: (container) => [
      ...judgeLimits(container).remarks,
      ...(options.tellsEnds || container.monitor.init ? [] : [TELLER]),
    ],
    lacking,
    launch: (request) => launchByLxc(request, options),
    execute: (request) => execute(request, { cacheDirectory }),
    guard: (argv, guardOptions) => {
      settle();
      return standGuard(argv, guardOptions);
    },
    readExit: readExitRecord,
    cleanUp,
    adopt: (request) => adopt(request, () => cleanUp(request.id)),
    keeperGone: earlierKeeperGone,
    detach: (request) => detach(options.cgroupParent, request),
    leaveGroups: (group) => leaveGroups(options.cgroupParent, group),
    ...nativeAccounting,
    ...nativePausing,
    ...updating(options.cgroupParent),
    ...nativeAttaching,
    explain: (request) => {
      const { config, program, init, smallInit } = renderLxc(request, options);
      return [
        'the configuration of lxc-start:',
        ...config.trimEnd().split('\n'),
        'in the keeper:',
        ...explain(program),
        'in the container:',
        ...explain(init),
        ...(smallInit ? ['in the init:', ...explain(smallInit)] : []),
      ];
    },
    record: async () => (await import('../native/recorder/recorder.ts')).startRecorder(),
  };
}
