/** What a filter looks at: struct seccomp_data without the instruction pointer. */
export interface Call {
  architecture: number;
  number: number;
  args?: readonly (number | bigint)[];
}

const actions = new Map([
  [0x7fff0000, 'ALLOW'],
  [0x00050001, 'EPERM'],
  [0x00050026, 'ENOSYS'],
]);

/** Runs a filter as the kernel would (kernel/seccomp.c, net/core/filter.c) and names its answer. */
export function simulate(filter: Buffer, call: Call): string {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.number >>> 0, 0);
  data.writeUInt32LE(call.architecture >>> 0, 4);
  for (const [index, value] of (call.args ?? []).entries()) {
    data.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), 16 + index * 8);
  }
  let accumulator = 0;
  for (let at = 0; at < filter.length / 8; at++) {
    const code = filter.readUInt16LE(at * 8);
    const [jt, jf] = [filter.readUInt8(at * 8 + 2), filter.readUInt8(at * 8 + 3)];
    const k = filter.readUInt32LE(at * 8 + 4);
    const jump = (holds: boolean): void => {
      at += holds ? jt : jf;
    };
    switch (code) {
      case 0x20: // ld
        accumulator = data.readUInt32LE(k);
        break;
      case 0x54: // and
        accumulator = (accumulator & k) >>> 0;
        break;
      case 0x05: // ja
        at += k;
        break;
      case 0x15: // jeq
        jump(accumulator === k);
        break;
      case 0x25: // jgt
        jump(accumulator > k);
        break;
      case 0x35: // jge
        jump(accumulator >= k);
        break;
      case 0x06: // ret
        return actions.get(k) ?? `0x${k.toString(16)}`;
      default:
        throw new Error(`instruction ${at}: code 0x${code.toString(16)} is not simulated`);
    }
  }
  throw new Error('the filter has no end');
}
