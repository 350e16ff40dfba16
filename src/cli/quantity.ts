const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const decimal = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes of memory as docker writes them: `1.945MiB`. */
export function memorySize(bytes: number): string {
  return inUnits(bytes, 1024, binary, 4);
}

/** Bytes of files as docker writes them: `12.3MB`. */
export function fileSize(bytes: number): string {
  return inUnits(bytes, 1000, decimal, 3);
}

function inUnits(bytes: number, factor: number, units: readonly string[], digits: number): string {
  let [size, unit] = [bytes, 0];
  // What would be rounded up to a thousand is one of the next.
  while (Number(size.toPrecision(digits)) >= factor && unit < units.length - 1) {
    size /= factor;
    unit += 1;
  }
  return `${Number(size.toPrecision(digits))}${units[unit]}`;
}
