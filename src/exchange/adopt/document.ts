import { formatDuration, formatSize } from '../../document/units.ts';
import { resolveCapabilities } from '../../linux/capabilities.ts';
import { signalName } from '../../linux/signals.ts';
import type { Container } from '../../schema/container-file.ts';
import type { ContainerSpec, HookSpec } from '../../schema/container-spec.ts';
import { filled } from '../filled.ts';
import { mountsOf, writableMode } from './mounts.ts';
import { networkOf } from './network.ts';
import { resourcesOf } from './resources.ts';

/** What the image of a container says itself, in so far as a document need not say it again. */
export interface ImageWords {
  environment: { readonly [name: string]: string };
  labels: { readonly [name: string]: string };
  /** Entrypoint and command as one. */
  program: readonly string[];
  hasEntrypoint: boolean;
  /** By the paths of fields, each as the container has it. */
  fields: ReadonlyMap<string, unknown>;
  /** Where it wants volumes. */
  volumes: readonly string[];
}

/** What is hidden and read-only in a container of this host that says nothing of it. */
export interface HostPaths {
  masked: readonly string[];
  readOnly: readonly string[];
}

/** What is there without a word (see src/plan), in the numbers of a container. */
const defaults = {
  stopSignal: 15,
  stopTimeout: 10_000,
  logging: { driver: 'file', maxSize: 20 * 2 ** 20, maxFiles: 5, order: 'streams' },
  restart: { delay: 100, maxDelay: 60_000, resetAfter: 10_000 },
  health: { interval: 30_000, timeout: 30_000, startPeriod: 0, startInterval: 5000, retries: 3 },
  hookTimeout: 30_000,
  terminal: { tty: false, stdin: false, detachKeys: 'ctrl-p,ctrl-q', rows: 24, columns: 80 },
} as const;

/** The document of a container that is there: what its defaults and its image do not say. */
export function documentOf(spec: ContainerSpec, image: ImageWords | undefined, host: HostPaths): Container {
  return {
    apiVersion: 'standard-container/v1',
    kind: 'Container',
    metadata: { name: spec.name },
    ...filled({ labels: beside(spec.labels, image?.labels ?? {}) }),
    image: imageOf(spec.image),
    ...filled({
      rootfs: filled({ readOnly: spec.rootfs.readOnly || undefined, propagation: spec.rootfs.propagation }),
      process: processOf(spec, image),
      environment: beside(spec.environment, image?.environment ?? {}),
      network: networkOf(spec),
      namespaces: namespacesOf(spec),
      resources: resourcesOf(spec.resources),
      monitor: monitorOf(spec, image),
      hooks: hooksOf(spec),
      logging: loggingOf(spec),
      signals: signalsOf(spec, image),
      terminal: unlike(spec.terminal, defaults.terminal),
      security: securityOf(spec, host),
      mounts: mountsOf(spec, image?.volumes ?? []),
    }),
  } as Container;
}

/** What is said beside others; that of a name that has no value there is taken away by null. */
function beside<Value>(
  said: { readonly [name: string]: Value },
  known: { readonly [name: string]: string },
): { [name: string]: Value } {
  return Object.fromEntries(Object.entries(said).filter(([name, value]) => known[name] !== value));
}

function unlike<Fields extends object>(fields: Fields, usual: object): Partial<Fields> | undefined {
  const entries = Object.entries(fields).filter(([key, value]) => Reflect.get(usual, key) !== value);
  return filled(Object.fromEntries(entries)) as Partial<Fields> | undefined;
}

function imageOf(image: ContainerSpec['image']): string {
  if (image.kind === 'host') return 'host';
  return image.kind === 'directory' ? image.path : image.name;
}

function processOf({ process }: ContainerSpec, image: ImageWords | undefined): object | undefined {
  const { args, cwd, user, additionalGroups, umask } = process;
  const isImages = image !== undefined && args.join('\0') === image.program.join('\0');
  return filled({
    ...(!isImages &&
      (image?.hasEntrypoint ? { entrypoint: args.slice(0, 1), args: args.slice(1) } : { args })),
    cwd: cwd === (image?.fields.get('process.cwd') ?? '/') ? undefined : cwd,
    user: user === (image?.fields.get('process.user') ?? '0') ? undefined : user,
    additionalGroups,
    umask: umask === 0o022 ? undefined : writableMode(umask),
  });
}

function namespacesOf({ clocks }: ContainerSpec): object | undefined {
  if (clocks === undefined) return undefined;
  const offset = (time: number) =>
    time === 0 ? undefined : `${time < 0 ? '-' : ''}${formatDuration(Math.abs(time))}`;
  return {
    time: 'private',
    ...filled({
      timeOffsets: filled({ monotonic: offset(clocks.monotonic), boottime: offset(clocks.boottime) }),
    }),
  };
}

function monitorOf({ monitor }: ContainerSpec, image: ImageWords | undefined): object | undefined {
  const { init, restart, health, timeout, pidFile } = monitor;
  const { policy, maxRetries, ...times } = restart;
  return filled({
    init: init || undefined,
    restart:
      policy === 'never'
        ? undefined
        : { policy, ...filled({ maxRetries }), ...filled(durations(times, defaults.restart)) },
    health: healthOf(health, image),
    timeout: timeout === undefined ? undefined : formatDuration(timeout),
    pidFile,
  });
}

function hooksOf({ hooks = {} }: ContainerSpec): object | undefined {
  const said = ({ path, args, environment, timeout }: HookSpec) => ({
    path,
    ...(args.length > 1 || args[0] !== path ? { args } : {}),
    ...filled({ environment: Object.fromEntries(environment.map(splitVariable)) }),
    ...(timeout !== defaults.hookTimeout && { timeout: formatDuration(timeout) }),
  });
  return filled(Object.fromEntries(Object.entries(hooks).map(([point, list]) => [point, list.map(said)])));
}

function splitVariable(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Of a check what neither the image nor a default says; where the image has one and the container none, that. */
function healthOf(
  health: ContainerSpec['monitor']['health'],
  image: ImageWords | undefined,
): object | undefined {
  const ofImage = image?.fields.get('monitor.health.args');
  if (health === undefined) return ofImage === undefined ? undefined : { disable: true };
  const usual = (key: string) =>
    image?.fields.get(`monitor.health.${key}`) ?? Reflect.get(defaults.health, key);
  const known = Object.fromEntries(Object.keys(health).map((key) => [key, usual(key)]));
  const isImages = Array.isArray(ofImage) && ofImage.join('\0') === health.args.join('\0');
  return filled({
    args: isImages ? undefined : health.args,
    ...durations(health, known),
    retries: health.retries === known.retries ? undefined : health.retries,
  });
}

const times = ['delay', 'maxDelay', 'resetAfter', 'interval', 'timeout', 'startPeriod', 'startInterval'];

function durations(fields: object, usual: object): { [name: string]: string } {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([key, value]) => times.includes(key) && Reflect.get(usual, key) !== value)
      .map(([key, value]) => [key, formatDuration(Number(value))]),
  );
}

function loggingOf({ logging }: ContainerSpec): object | undefined {
  const { maxSize, ...rest } = unlike(logging, defaults.logging) ?? {};
  return filled({ ...rest, maxSize: maxSize === undefined ? undefined : formatSize(maxSize) });
}

function signalsOf({ signals }: ContainerSpec, image: ImageWords | undefined): object | undefined {
  const { stopSignal, stopTimeout } = signals;
  const usual = image?.fields.get('signals.stopSignal') ?? defaults.stopSignal;
  const timeout = stopTimeout === -1 ? 'forever' : formatDuration(stopTimeout);
  return filled({
    stopSignal: stopSignal === usual ? undefined : signalName(stopSignal),
    stopTimeout: stopTimeout === defaults.stopTimeout ? undefined : timeout,
  });
}

function securityOf({ security }: ContainerSpec, host: HostPaths): object | undefined {
  const { seccomp, devices, secrets, userNamespace } = security;
  return filled({
    capabilities: changes(security.capabilities, resolveCapabilities({})),
    seccomp: seccomp === 'default' ? undefined : typeof seccomp === 'string' ? seccomp : seccomp.path,
    noNewPrivileges: security.noNewPrivileges ? undefined : false,
    maskedPaths: changes(security.maskedPaths, host.masked),
    readOnlyPaths: changes(security.readOnlyPaths, host.readOnly),
    devices: devices.map(({ path, source, access, mode }) => ({
      path,
      ...(source !== path && { source }),
      ...(access !== 'rw' && { access }),
      ...(mode !== 0o666 && { mode: writableMode(mode) }),
    })),
    sysctls: security.sysctls,
    userNamespace: userNamespace === undefined ? 'host' : undefined,
    apparmor: security.apparmor,
    selinux: security.selinux,
    secrets: secrets.map(({ name, source, target, mode }) => ({
      name,
      source,
      ...(target !== `/run/secrets/${name}` && { target }),
      ...(mode !== 0o400 && { mode: writableMode(mode) }),
    })),
  });
}

function changes(all: readonly string[], usual: readonly string[]): object | undefined {
  return filled({
    add: all.filter((one) => !usual.includes(one)),
    drop: usual.filter((one) => !all.includes(one)),
  });
}
