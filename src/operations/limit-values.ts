import { size, usage } from './command-line-values.ts';

// Limits as docker's command line writes them, in the words of the container file.

/** `300`, `-500`. */
export function integer(text: string): number | string {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

/** Where docker writes 1024 the kernel's weight is 100 (kernel/sched/core.c); `0` is without a word. */
export function cpuShares(text: string): number | undefined {
  if (text === '0') return undefined;
  const shares = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(shares >= 2 && shares <= 102_400)) throw usage('--cpu-shares', text, 'a number from 2 to 102400');
  return Math.max(1, Math.round((shares * 100) / 1024));
}

/** It is the proportion that counts, so that the number stays; `0` is without a word. */
export function blkioWeight(text: string): number | undefined {
  return text === '0' ? undefined : blkioWeightOf('--blkio-weight', text);
}

function blkioWeightOf(flag: string, text: string): number {
  const weight = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (weight >= 10 && weight <= 1000) return weight;
  throw usage(flag, text, 'a number from 10 to 1000');
}

const deviceFlags = {
  'blkio-weight-device': ['weight', (text: string) => blkioWeightOf('--blkio-weight-device', text)],
  'device-read-bps': ['readRate', size],
  'device-write-bps': ['writeRate', size],
  'device-read-iops': ['readOperations', integer],
  'device-write-iops': ['writeOperations', integer],
} as const;

/** `PATH:VALUE` of several flags, together what each says of a device. */
export function ioDevices(
  flags: { readonly [Flag in keyof typeof deviceFlags]?: string[] | undefined },
): object[] {
  const devices = new Map<string, { [key: string]: unknown }>();
  for (const flag of Object.keys(deviceFlags) as (keyof typeof deviceFlags)[]) {
    const [key, convert] = deviceFlags[flag];
    for (const text of flags[flag] ?? []) {
      const [, path = '', value = ''] = /^(.+):([^:]+)$/.exec(text) ?? [];
      if (path === '') throw usage(`--${flag}`, text, 'PATH:VALUE');
      const device = devices.get(path) ?? { path };
      if (Object.hasOwn(device, key)) throw usage(`--${flag}`, text, `one value for "${path}"`);
      devices.set(path, { ...device, [key]: convert(value) });
    }
  }
  return [...devices.values()];
}

/** `max-size=10m`, `max-file=3`, `order=strict`. */
export function logOptions(texts: readonly string[]): object {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name = text, value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
      if (name === 'max-size') return ['maxSize', size(value)];
      if (name === 'max-file') return ['maxFiles', integer(value)];
      return [name, value];
    }),
  );
}
