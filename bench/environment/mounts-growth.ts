import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { nativeBackend } from '../../src/backend/native/native.ts';
import { evenMaps } from '../../src/linux/id-maps.ts';
import type { ContainerSpec, MountSpec } from '../../src/schema/container-spec.ts';
import type { GrowthReport } from '../benchmark.ts';
import { fitGrowth } from '../growth.ts';
import { benchContainer } from '../start/container.ts';
import { cgroupPrefix, makeWorkshop } from '../start/workshop.ts';
import { median } from '../statistics.ts';

const sizes = [1, 10, 50, 100, 250, 500, 1000, 1500, 2000];

/**
 * How the start and end of a container grows with its mounts: half of them directories of the host, half in
 * memory, on mount points that are missing each time.
 */
export async function mountsGrowth(
  samples: number,
  progress: (words: string) => void,
): Promise<GrowthReport[]> {
  const workshop = makeWorkshop();
  chmodSync(workshop.directory, 0o711);
  const source = join(workshop.directory, 'source');
  mkdirSync(source);
  const backend = nativeBackend({ root: workshop.directory, cgroupParent: `/${cgroupPrefix}-mounts` });
  const stream = openSync('/dev/null', 'r+');
  const stdio = { stdin: stream, stdout: stream, stderr: stream };
  const { container, ...request } = benchContainer(workshop.rootfs);

  const start = async (count: number, security: ContainerSpec['security']) => {
    const mounts = mountsOf(source, count);
    const from = performance.now();
    const handle = await backend.launch({ ...request, container: { ...container, mounts, security }, stdio });
    const { code } = await handle.wait();
    if (code !== 0) throw new Error(`the container with ${count} mounts ended with ${code}`);
    return performance.now() - from;
  };
  const measure = async (name: string, security: ContainerSpec['security']) => {
    const taken = sizes.map((): number[] => []);
    // The sizes in turn, up and down again, so that what else the host does falls on all alike, and what the
    // kernel has still to take down of thousands of mounts not always on the one without any.
    for (let round = 0; round <= samples; round++) {
      progress(`${name}: round ${round} of ${samples}`);
      const turn = [...sizes.entries()];
      for (const [index, size] of round % 2 === 0 ? turn : turn.toReversed()) {
        const time = await start(size, security);
        if (round > 0) taken[index]?.push(time);
      }
    }
    const times = sizes.map((size, index) => ({ size, time: median(taken[index] ?? []) }));
    return { name, times, growth: fitGrowth(times) };
  };
  try {
    const userNamespace = evenMaps({ inside: 0, host: 524288, size: 65536 });
    return [
      await measure("mounts in the host's user namespace", container.security),
      await measure('mounts in a user namespace of its own', { ...container.security, userNamespace }),
    ];
  } finally {
    closeSync(stream);
    workshop.remove();
  }
}

/** Below one more mount, on which the mount points are made. */
function mountsOf(source: string, count: number): MountSpec[] {
  const memory = { type: 'tmpfs' as const, size: 1 << 20, mode: 0o755, readOnly: false };
  return [
    { ...memory, target: '/tmp' },
    ...Array.from({ length: count }, (_, index): MountSpec => {
      const target = `/tmp/${index}`;
      return index % 2 === 0
        ? { type: 'bind', source, target, readOnly: false }
        : { ...memory, target, size: 4096 };
    }),
  ];
}
