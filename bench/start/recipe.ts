import type { EtcFile } from '../../src/backend/backend.ts';
import type { HostView } from '../../src/backend/native/render/input.ts';
import { capabilityMask } from '../../src/linux/capabilities.ts';
import type { ContainerSpec } from '../../src/schema/container-spec.ts';

/** A container in the words that limit.c reads, with what it has of a network. */
export function recipe(
  container: ContainerSpec,
  etc: readonly EtcFile[],
  host: HostView,
  network: readonly string[] = [],
): string {
  const { parents, groups, mounts } = host.cgroups;
  const { capabilities, maskedPaths, readOnlyPaths } = container.security;
  const kept = capabilityMask(capabilities);
  const numbers = Array.from({ length: host.lastCapability + 1 }, (_, number) => number);
  const lines = [
    ...parents.map(({ path }) => `parent ${path}`),
    ...parents.flatMap(({ path, files = [] }) =>
      files.map(({ file, value }) => `write ${path}/${file} ${value}`),
    ),
    ...groups.map(({ path, oom }) => `group ${path} ${oom ?? '-'}`),
    // A space ends a word there.
    ...groups.flatMap(({ path, writes }) =>
      writes.map(({ file, value }) => `write ${path}/${file} ${value.replaceAll(' ', '_')}`),
    ),
    ...mounts.map(({ name, type, options }) => {
      const place = mounts.length === 1 && type === 'cgroup2' ? '-' : name;
      return `cgroup ${place} ${type} ${options[0] ?? '-'}`;
    }),
    // -1 is RLIM_INFINITY, the largest number there is.
    ...host.rlimits.map(
      ({ resource, soft, hard }) => `limit ${resource} ${unsigned(soft)} ${unsigned(hard)}`,
    ),
    ...etc.map(({ name, text }) => `etc ${name} ${Buffer.byteLength(text)}`),
    ...readOnlyPaths.map((path) => `readonly ${path}`),
    ...maskedPaths.map((path) => `mask ${path}`),
    ...numbers.filter((number) => !(kept & (1n << BigInt(number)))).map((number) => `drop ${number}`),
    `keep ${kept.toString(16)}`,
    ...network,
    'end',
  ];
  return `${lines.join('\n')}\n`;
}

function unsigned(value: number): bigint {
  return BigInt.asUintN(64, BigInt(value));
}
