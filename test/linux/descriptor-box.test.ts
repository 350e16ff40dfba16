import { closeSync, fstatSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { copiesFrom, keepIn, newDescriptorBox, putInto, takeFrom } from '../../src/linux/descriptor-box.ts';
import { parseAddress } from '../../src/linux/ip-address.ts';
import { portOf, reservePort } from '../../src/linux/port-socket.ts';

const loopback = parseAddress('127.0.0.1') ?? { family: 4 as const, value: 0n };

test('a box holds what others have closed, and gives it back in its order', () => {
  const box = newDescriptorBox();
  const opened = Array.from({ length: 450 }, () => openSync('/dev/null', 'r'));
  putInto(box, opened.slice(0, 449));
  const last = openSync('/proc/self/stat', 'r');
  const { ino } = fstatSync(last);
  putInto(box, [last]);
  for (const descriptor of [...opened, last]) closeSync(descriptor);
  const taken = takeFrom(box);
  expect(taken).toHaveLength(450);
  expect(fstatSync(taken.at(-1) ?? -1).ino).toBe(ino);
  for (const descriptor of taken) closeSync(descriptor);
  expect(takeFrom(box)).toEqual([]);
  closeSync(box);
});

test('a port in a box is nobody else’s until the last one closes the box', () => {
  const box = newDescriptorBox();
  const socket = reservePort({ protocol: 'tcp', address: loopback, port: 0 });
  const mine = portOf(socket);
  putInto(box, [socket]);
  closeSync(socket);
  expect(() => reservePort(mine)).toThrow(expect.objectContaining({ errno: 'EADDRINUSE' }));
  closeSync(box);
  const again = reservePort(mine);
  expect(portOf(again)).toEqual(mine);
  closeSync(again);
});

test('what is in a box is copied and stays, and some of it goes, over several messages', () => {
  const box = newDescriptorBox();
  const sockets = Array.from({ length: 201 }, () =>
    reservePort({ protocol: 'tcp', address: loopback, port: 0 }),
  );
  const ports = sockets.map(portOf);
  putInto(box, sockets);
  putInto(box, sockets.slice(0, 1));
  for (const socket of sockets) closeSync(socket);
  const portsIn = () => {
    const copies = copiesFrom(box);
    const found = copies.map((copy) => portOf(copy).port);
    for (const copy of copies) closeSync(copy);
    return found;
  };
  const all = [...ports, ...ports.slice(0, 1)].map(({ port }) => port);
  expect(portsIn()).toEqual(all);
  expect(portsIn()).toEqual(all);

  const [first, second] = ports;
  keepIn(box, (socket) => portOf(socket).port !== first?.port);
  expect(portsIn()).toEqual(all.slice(1, -1));
  if (first) closeSync(reservePort(first));
  if (second) expect(() => reservePort(second)).toThrow(expect.objectContaining({ errno: 'EADDRINUSE' }));
  keepIn(box, () => false);
  expect(portsIn()).toEqual([]);
  if (second) closeSync(reservePort(second));
  closeSync(box);
});
