import type { DeviceRule } from '../../src/linux/devices.ts';

const accesses: { readonly [letter: string]: number } = { m: 1, r: 2, w: 4 };

/**
 * Runs a device program as the kernel would (kernel/bpf/core.c) on one use of a device; answers r0. Throws for
 * what the verifier would refuse: registers that were not set, jumps out of the program, no end.
 */
export function runDeviceProgram(program: Buffer, use: Required<DeviceRule>): number {
  const access = [...use.access].reduce((bits, letter) => bits | (accesses[letter] ?? 0), 0);
  const context = Buffer.alloc(12);
  context.writeUInt32LE((access << 16) | (use.type === 'b' ? 1 : 2), 0);
  context.writeUInt32LE(use.major, 4);
  context.writeUInt32LE(use.minor, 8);
  const registers: (number | 'context' | undefined)[] = [undefined, 'context'];
  const read = (register: number): number => {
    const value = registers[register];
    if (typeof value === 'number') return value;
    throw new Error(`r${register} is no number`);
  };
  for (let at = 0; at < program.length / 8; at++) {
    const code = program.readUInt8(at * 8);
    const [to, from] = [program.readUInt8(at * 8 + 1) & 15, program.readUInt8(at * 8 + 1) >> 4];
    const [offset, value] = [program.readInt16LE(at * 8 + 2), program.readUInt32LE(at * 8 + 4)];
    switch (code) {
      case 0x61: // r = *(u32 *)(r + offset)
        if (registers[from] !== 'context') throw new Error(`r${from} is no address`);
        registers[to] = context.readUInt32LE(offset);
        break;
      case 0x54:
        registers[to] = (read(to) & value) >>> 0;
        break;
      case 0x74:
        registers[to] = read(to) >>> value;
        break;
      case 0xb7:
      case 0xb4:
        registers[to] = value;
        break;
      case 0xbc:
        registers[to] = read(from);
        break;
      case 0x56: // if r != value
        if (read(to) !== value) at += offset;
        break;
      case 0x95:
        return read(0);
      default:
        throw new Error(`instruction ${at}: code 0x${code.toString(16)} is not simulated`);
    }
  }
  throw new Error('the program has no end');
}
