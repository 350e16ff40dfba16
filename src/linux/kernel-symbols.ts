import { readFileSync } from 'node:fs';

/** Names the functions of the running kernel by addresses inside of them. */
export type KernelSymbols = (address: bigint) => string | undefined;

/**
 * Reads /proc/kallsyms. Undefined where it hides the addresses from this process
 * (Documentation/admin-guide/sysctl/kernel.rst, kptr_restrict).
 */
export function readKernelSymbols(path = '/proc/kallsyms'): KernelSymbols | undefined {
  const symbols = readFileSync(path, 'latin1')
    .split('\n')
    .filter((line) => /^[0-9a-f]+ [tT] /.test(line))
    .map((line) => {
      const [address = '', , name = ''] = line.split(/[ \t]/);
      return { address: BigInt(`0x${address}`), name };
    })
    .sort((left, right) => (left.address < right.address ? -1 : 1));
  if (!symbols.some(({ address }) => address > 0n)) return undefined;
  return (address) => {
    let [low, high] = [0, symbols.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((symbols[middle]?.address ?? 0n) <= address) low = middle + 1;
      else high = middle;
    }
    return symbols[low - 1]?.name;
  };
}
