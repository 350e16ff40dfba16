import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Seconds that a file takes, about: what starts sc or containers takes longest. By the start of its path. */
const seconds: readonly (readonly [path: string, seconds: number])[] = [
  ['test/virtual-machine/resources', 236],
  ['test/commands/conformance-mutants', 180],
  ['test/commands/conformance-core', 45],
  ['test/commands/conformance.test', 45],
  ['test/monitor/kills', 95],
  ['test/monitor/hand-over', 14],
  ['test/monitor/faults', 23],
  ['test/monitor/aborted', 24],
  ['test/monitor/server', 24],
  ['test/monitor/', 9],
  ['test/examples', 74],
  ['test/backend/lxc/lxc.test', 56],
  ['test/backend/lxc/', 10],
  ['test/backend/oci/crun.test', 37],
  ['test/backend/oci/runc.test', 30],
  ['test/backend/oci/', 3],
  ['test/backend/native/attacks', 37],
  ['test/backend/native/resources-devices', 11],
  ['test/backend/native/native.test', 24],
  ['test/backend/native/abandoned', 22],
  ['test/backend/native/exec', 18],
  ['test/backend/', 5],
  ['test/commands/attach', 25],
  ['test/commands/changed-ports', 22],
  ['test/commands/commit', 30],
  ['test/commands/containers', 25],
  ['test/commands/logs-detached', 35],
  ['test/commands/plugin', 24],
  ['test/commands/image-', 17],
  ['test/commands/copy', 20],
  ['test/commands/egress', 37],
  ['test/commands/iptables', 35],
  ['test/commands/names', 29],
  ['test/commands/restart-policies', 24],
  ['test/commands/stats', 24],
  ['test/commands/', 11],
  ['test/storage/', 12],
  ['test/operations/copy/', 8],
  ['test/image/layer/round-trip', 18],
  ['test/', 1],
];

/** Shares the files out so that all shards end at about the same time. */
export class EvenShards extends BaseSequencer {
  override async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { index, count } = this.ctx.config.shard ?? { index: 1, count: 1 };
    const shards = Array.from({ length: count }, () => ({ seconds: 0, files: [] as TestSpecification[] }));
    const known = files.map((file) => ({ file, path: file.moduleId.slice(this.ctx.config.root.length + 1) }));
    known.sort((a, b) => secondsOf(b.path) - secondsOf(a.path) || (a.path < b.path ? -1 : 1));
    for (const { file, path } of known) {
      const emptiest = shards.reduce((least, shard) => (shard.seconds < least.seconds ? shard : least));
      emptiest.files.push(file);
      emptiest.seconds += secondsOf(path);
    }
    return shards[index - 1]?.files ?? [];
  }
}

function secondsOf(path: string): number {
  return seconds.find(([start]) => path.startsWith(start))?.[1] ?? 1;
}
