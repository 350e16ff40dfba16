import { join } from 'node:path';
import type {
  Backend,
  Confirming,
  Depending,
  Explaining,
  Recording,
  Remark,
  UserNamespaces,
} from '../backend.ts';
import { judgeLimits } from '../native/host.ts';
import { type KeptPowers, keptPowers } from '../native/kept.ts';
import { lacking } from '../native/lacking.ts';
import { ownersObstacle } from '../native/probe.ts';
import { explain } from '../native/program/explain.ts';
import { refusedByHost } from '../native/refusals.ts';
import {
  cleanUpLxc,
  kernelTellsEnds,
  type LxcOptions,
  launchByLxc,
  renderLxc,
  requireLxc,
} from './launch.ts';

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
): Backend & KeptPowers & Confirming & Depending & Explaining & Recording & UserNamespaces {
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
    lookAtProgram: async () => requireLxc(options),
    launch: (request) => launchByLxc(request, options),
    ...keptPowers({ cgroupParent: options.cgroupParent, cacheDirectory, cleanUp }),
    ownersObstacle,
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
