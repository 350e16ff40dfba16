/** A question as a resolver asks it (RFC 1035, 4.1). */
export function queryOf(name: string, type = 1, id = 1): Buffer {
  const labels = name
    .split('.')
    .flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')]);
  const end = Buffer.from([0, type >> 8, type & 0xff, 0, 1]);
  return Buffer.concat([Buffer.from([id >> 8, id & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), ...labels, end]);
}
