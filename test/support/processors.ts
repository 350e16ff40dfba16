/** Those that the native backend runs on, with Debian's names of what builds for them and runs it elsewhere. */
export const processors = [
  { processor: 'x64', tools: 'x86_64-linux-gnu', emulator: 'qemu-x86_64' },
  { processor: 'arm64', tools: 'aarch64-linux-gnu', emulator: 'qemu-aarch64' },
] as const;

export type Processor = (typeof processors)[number];

/** The command line with which a program for that processor runs here. */
export function executed({ processor, emulator }: Processor, program: string): [string, ...string[]] {
  return processor === process.arch ? [program] : [emulator, program];
}
