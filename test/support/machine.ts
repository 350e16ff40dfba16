import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { execa } from 'execa';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { eventually, type makeCommandLine } from './command-line.ts';

/** A network with nothing in it but lo, which is there as long as its holder is. */
export async function newNetwork(): Promise<ChildProcess> {
  const holder = spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up; echo up; exec sleep 1000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (holder.stdout) await once(holder.stdout, 'data');
  return holder;
}

/**
 * A machine of its own, as far as networks go, so that none of this one is touched: its uplink `up0` has 192.0.2.1 and
 * 2001:db8::1, and leads to another one, outside, with 192.0.2.2 and 2001:db8::2.
 */
export async function makeMachine(cli: ReturnType<typeof makeCommandLine>) {
  const [machine, outside] = [await newNetwork(), await newNetwork()];
  const inNetwork = (holder: ChildProcess, ...command: string[]) =>
    execa('nsenter', ['--net', '--target', String(holder.pid), ...command], {
      ...cli.options,
      cwd: cli.directory,
    });
  const on = (...command: string[]) => inNetwork(machine, ...command);
  const sc = (...args: string[]) => on(cli.executable, ...args);
  const from = (...command: string[]) => inNetwork(outside, ...command);
  await on('sh', '-c', `ip link add up0 type veth peer name eth0 netns ${outside.pid}`);
  for (const [run, name, last, peer] of [
    [on, 'up0', 1, 2],
    [from, 'eth0', 2, 1],
  ] as const) {
    await run(
      'sh',
      '-ec',
      `ip address add 192.0.2.${last}/24 dev ${name}; ip link set ${name} up
      ip address add 2001:db8::${last}/64 dev ${name} nodad`,
    );
    if (run === on)
      await run(
        'sh',
        '-ec',
        `ip route add default via 192.0.2.${peer}; ip route add default via 2001:db8::${peer}`,
      );
  }
  return {
    machine,
    outside,
    on,
    from,
    sc,
    /** Interfaces of the machine, by name. */
    links: async (): Promise<string[]> => {
      const { stdout } = await on('ip', '-br', 'link');
      return stdout.split('\n').flatMap((line) => /^([^@ ]+)/.exec(line)?.[1] ?? []);
    },
    tables: async (): Promise<string> => (await on('nft', 'list', 'tables')).stdout,
    /** A setting of the machine. */
    setting: async (path: string): Promise<string> => (await on('cat', `/proc/sys/${path}`)).stdout.trim(),
    inspect: async (name: string): Promise<ContainerState> => JSON.parse((await sc('inspect', name)).stdout),
    /** Throws where anything of networks is left, after all containers were deleted. */
    async expectNothingLeft(): Promise<void> {
      await sc('delete', '--all', '--force');
      // What leads to a container goes with its network, which the kernel takes away a moment after its last process.
      await eventually(async () => {
        const left = (await on('ip', '-br', 'link')).stdout.replace(/^(lo|up0)[@ ].*\n?/gm, '');
        return left === '' ? true : undefined;
      });
      const rules = (await on('nft', 'list', 'ruleset')).stdout;
      if (rules !== '') throw new Error(`left of rules:\n${rules}`);
    },
    async remove(): Promise<void> {
      for (const holder of [machine, outside]) {
        holder.kill('SIGKILL');
        await once(holder, 'exit');
      }
    },
  };
}
