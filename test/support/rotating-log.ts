import { LogWriter } from './log-writer.ts';

/** As a program: begins a log, then rotates it as often and as quickly as it can. Each pair has its number from the oldest. */
const [directory = '', rotations = ''] = process.argv.slice(2);
const writer = new LogWriter(directory, { maxFiles: Number(rotations) + 1 });
for (let number = 0; number < Number(rotations); number++) {
  writer.write('stdout', `${number}\n`, BigInt(number));
  writer.rotate();
}
writer.close();
