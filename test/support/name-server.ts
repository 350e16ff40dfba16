import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { addressOf } from '../../src/network/addresses.ts';
import { addressRecord, answerTo } from '../../src/network/names/answer.ts';
import { Frames, frame } from '../../src/network/names/frames.ts';
import { parseQuery } from '../../src/network/names/question.ts';

/**
 * A name server at an address, which prints what it is asked: names that end in `.example` have 198.51.100.7, of
 * `long.example` by TCP alone 60 addresses, and there are no others.
 */
const [address = '127.0.0.1'] = process.argv.slice(2);

function answer(bytes: Buffer, isTcp: boolean): Buffer {
  const query = parseQuery(bytes);
  if (query?.name === undefined) throw new Error('it is no question');
  process.stdout.write(`${query.name}\n`);
  if (!query.name.endsWith('.example')) return answerTo(query, 3);
  const isLong = query.name === 'long.example';
  const records = Array.from({ length: isLong ? 60 : 1 }, () => addressRecord(addressOf('198.51.100.7')));
  const said = answerTo(query, 0, query.type === 1 && !(isLong && !isTcp) ? records : [], 0xffff);
  // It says that there is more (TC).
  if (isLong && !isTcp) said.writeUInt16BE(said.readUInt16BE(2) | 0x0200, 2);
  return said;
}

const udp = createSocket('udp4');
udp.on('message', (bytes, { port, address: source }) => udp.send(answer(bytes, false), port, source));
udp.bind(53, address, () => {
  const tcp = createServer((socket) => {
    const frames = new Frames();
    socket.on('data', (bytes: Buffer) => {
      for (const query of frames.take(bytes)) socket.write(frame(answer(query, true)));
    });
  });
  tcp.listen(53, address, () => process.stdout.write('ready\n'));
});
