import { parseDuration } from '../document/units.ts';
import { parseSignal } from '../linux/signals.ts';
import type { Process } from '../schema/container-file.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import { compileClocks } from './clocks.ts';
import type { Fields } from './fields.ts';
import { parseImageReference } from './image-reference.ts';
import { compileLogging, compileMonitor } from './monitor.ts';
import { compileMounts, compileRootfs } from './mounts.ts';
import { compileNetwork } from './network.ts';
import { compileResources } from './resources.ts';
import type { Runnable } from './runnable.ts';
import { compileSecurity, type SecurityContext } from './security.ts';
import { compileUserNamespace, type MappedContainer, type OwnUserNamespace } from './user-namespace.ts';

const SIGTERM = 15;

/** What a document does not say of itself. */
interface ContainerContext extends SecurityContext {
  /** 64 hex digits. */
  id: string;
  removeOnExit: boolean;
  /** Whether and how it can have a user namespace of its own on this host. */
  userNamespace: (container: MappedContainer) => OwnUserNamespace;
}

/** One container with every default filled in; sizes in bytes, times in milliseconds, modes as numbers. */
export function compileContainer(job: Runnable, context: ContainerContext, fields: Fields): ContainerSpec {
  const { id, directory } = context;
  const container: ContainerSpec = {
    id,
    name: job.metadata.name,
    kind: job.kind,
    labels: fields.take('labels', job.labels, {}),
    image: compileImage(job.image, directory, fields),
    rootfs: compileRootfs(job.rootfs ?? {}, fields),
    process: compileProcess(job.process ?? {}, fields),
    environment: fields.take('environment', job.environment, {}),
    network: compileNetwork(job.network ?? {}, id, fields),
    resources: compileResources(job.resources ?? {}, fields),
    monitor: compileMonitor(job.monitor ?? {}, fields),
    logging: compileLogging(job.logging ?? {}, fields),
    signals: {
      stopSignal: fields.convert('signals.stopSignal', job.signals?.stopSignal, SIGTERM, parseSignal),
      stopTimeout: fields.convert('signals.stopTimeout', job.signals?.stopTimeout, 10_000, (timeout) =>
        timeout === 'forever' ? -1 : parseDuration(timeout),
      ),
    },
    terminal: {
      tty: fields.take('terminal.tty', job.terminal?.tty, false),
      stdin: fields.take('terminal.stdin', job.terminal?.stdin, false),
      detachKeys: fields.take('terminal.detachKeys', job.terminal?.detachKeys, 'ctrl-p,ctrl-q'),
      rows: fields.take('terminal.rows', job.terminal?.rows, 24),
      columns: fields.take('terminal.columns', job.terminal?.columns, 80),
    },
    security: compileSecurity(job.security ?? {}, context, fields),
    mounts: compileMounts(job.mounts ?? [], job.rootfs?.writablePaths ?? [], directory, fields),
    removeOnExit: context.removeOnExit,
  };
  const clocks = compileClocks(job.namespaces ?? {}, fields);
  if (clocks !== undefined) container.clocks = clocks;
  const { capabilities } = container.security;
  const own = context.userNamespace(container);
  const userNamespace = compileUserNamespace(job, capabilities, own, fields);
  if (userNamespace !== undefined) container.security.userNamespace = userNamespace;
  return container;
}

/** What cannot be used yet is refused beside this (see refusedFields). */
function compileImage(reference: string, directory: string, fields: Fields): ContainerSpec['image'] {
  return fields.convert('image', reference, { kind: 'host' }, (text) => {
    const image = parseImageReference(text, directory);
    return image.kind === 'unsupported' ? { kind: 'host' } : image;
  });
}

function compileProcess(process: Process, fields: Fields): ContainerSpec['process'] {
  const { entrypoint = [], args = [] } = process;
  return {
    args: fields.take('process.args', [...entrypoint, ...args], []),
    cwd: fields.take('process.cwd', process.cwd, '/'),
    user: fields.take('process.user', process.user, '0'),
    additionalGroups: fields.take('process.additionalGroups', process.additionalGroups, []),
    umask: fields.convert('process.umask', process.umask, 0o022, (mode) => Number.parseInt(mode, 8)),
  };
}
