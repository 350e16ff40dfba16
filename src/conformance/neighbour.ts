import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { execa } from 'execa';

/** Addresses of this machine and of the neighbour on the link between them. */
interface Ends {
  machine: string;
  neighbour: string;
}

/**
 * Another machine beside this one, as far as networks go: a network of its own with nothing in it but a link to this one,
 * by which this one reaches all that it has no other way to. Made of an interface, which is gone with it.
 */
export class Neighbour {
  readonly ipv4: Ends;
  /** Undefined where the kernel has no IPv6. */
  readonly ipv6: Ends | undefined;
  /** Its network is there as long as somebody is in it. It ends when its input does, also where the suite is killed. */
  readonly #holder: ChildProcess;
  readonly #link: string;

  private constructor(holder: ChildProcess, link: string, [ipv4, ipv6]: readonly [Ends, Ends]) {
    this.#holder = holder;
    this.#link = link;
    this.ipv4 = ipv4;
    this.ipv6 = existsSync('/proc/net/if_inet6') ? ipv6 : undefined;
  }

  /** `link` is the name of the interface on this machine. Throws where that cannot be made. */
  static async make(link: string): Promise<Neighbour> {
    const holder = spawn('unshare', ['--net', 'sh', '-c', 'echo; read word'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    // Before it says something it may be in our own network still.
    await once(holder.stdout, 'data');
    const neighbour = new Neighbour(holder, link, freeAddresses());
    try {
      await neighbour.#connect();
      return neighbour;
    } catch (error) {
      await neighbour.remove();
      throw error;
    }
  }

  /** The beginning of a command that is to run there. */
  get enter(): string[] {
    return ['nsenter', `--net=/proc/${this.#holder.pid}/ns/net`];
  }

  async remove(): Promise<void> {
    // The kernel takes the network away a moment after its last process, and would the link only then.
    await execa('ip', ['link', 'delete', this.#link], { reject: false });
    this.#holder.kill('SIGKILL');
    if (this.#holder.exitCode === null && this.#holder.signalCode === null) await once(this.#holder, 'exit');
  }

  async #connect(): Promise<void> {
    const { ipv4, ipv6 } = this;
    const addresses = (end: keyof Ends, link: string) => [
      `address add ${ipv4[end]}/30 dev ${link}`,
      // Nobody else has it: who asks first waits for a second.
      ...(ipv6 ? [`address add ${ipv6[end]}/64 dev ${link} nodad`] : []),
      `link set ${link} up`,
    ];
    await ip(
      [],
      [
        `link add ${this.#link} type veth peer name up0 netns ${this.#holder.pid}`,
        ...addresses('machine', this.#link),
        // The worst that there is: who has another one goes on to use that. That of another neighbour may be beside it.
        `route append default via ${ipv4.neighbour} dev ${this.#link} metric 4294967295`,
      ],
    );
    await ip(this.enter, ['link set lo up', ...addresses('neighbour', 'up0')]);
  }
}

/** Does these things in one process. */
async function ip(enter: readonly string[], commands: readonly string[]): Promise<void> {
  const [file = '', ...args] = [...enter, 'ip', '-batch', '-'];
  await execa(file, args, { input: commands.join('\n') });
}

/** Where the next one looks first, so that those that are made at the same time do not find the same. */
let next = process.pid;

/** Of those that are kept for measuring between networks (RFC 2544), and for examples (RFC 3849), some that no route leads to. */
function freeAddresses(): readonly [Ends, Ends] {
  const routes = readFileSync('/proc/net/route', 'utf8');
  for (;;) {
    const number = next++ % 0x4000;
    const bytes = [198, 18 + (number >> 13), (number >> 5) & 0xff, (number << 3) & 0xff] as const;
    // The kernel writes them as a number of this processor's order.
    const words = Buffer.from(bytes).reverse().toString('hex').toUpperCase();
    if (routes.includes(`\t${words}\t`)) continue;
    const network = `${bytes.slice(0, 3).join('.')}.`;
    return [
      { machine: `${network}${bytes[3] + 1}`, neighbour: `${network}${bytes[3] + 2}` },
      {
        machine: `2001:db8:${number.toString(16)}::1`,
        neighbour: `2001:db8:${number.toString(16)}::2`,
      },
    ];
  }
}
