/** Ports one after another, both ends among them. */
export interface PortRange {
  first: number;
  last: number;
}

/** What the text of a published port says (schema/container-file.schema.json, Port). */
export interface PortText {
  /** Without brackets. */
  address?: string;
  /** Ports of the machine; without it any that are free. */
  host?: PortRange;
  container: PortRange;
  protocol: 'tcp' | 'udp';
}

const form = /^(?:(?:(\[.+\]|[\d.]+):)?([\d-]*)(:))?([\d-]+)(?:\/(tcp|udp))?$/;

/** Undefined for a text of another form; its numbers may be no ports. */
export function parsePort(text: string): PortText | undefined {
  const [, address, host, colon, inside, protocol = 'tcp'] = form.exec(text) ?? [];
  if (inside === undefined) return undefined;
  const container = rangeOf(inside);
  const isSame = colon !== undefined && host === '' && address === undefined;
  const outside = host ? rangeOf(host) : isSame ? container : undefined;
  return {
    ...(address !== undefined && { address: address.replace(/^\[|\]$/g, '') }),
    ...(outside !== undefined && { host: outside }),
    container,
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
  };
}

export function sizeOf({ first, last }: PortRange): number {
  return last - first + 1;
}

export function isRangeOfPorts({ first, last }: PortRange): boolean {
  return first >= 1 && last >= first && last <= 65535;
}

function rangeOf(text: string): PortRange {
  const [first = 0, last = first] = text.split('-').map(Number);
  return { first, last };
}
