import { readFileSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { during } from '../../errors/reason.ts';

const MAGIC = 0xeb9f;

/** BTF_KIND_* of those types that are looked for, or through which a member is found. */
const STRUCT = 4;
const UNION = 5;
const TYPEDEF = 8;
const VOLATILE = 9;
const CONST = 10;
const FUNC = 12;

/** Bytes behind the 12 that every type has, and behind those for each of its members, by kind. */
const sizes: Readonly<Record<number, readonly [fixed: number, each: number]>> = {
  1: [4, 0], // INT
  3: [12, 0], // ARRAY
  [STRUCT]: [0, 12],
  [UNION]: [0, 12],
  6: [0, 8], // ENUM
  13: [0, 8], // FUNC_PROTO
  14: [4, 0], // VAR
  15: [0, 12], // DATASEC
  17: [4, 0], // DECL_TAG
  19: [0, 12], // ENUM64
};

/** What the running kernel says of its own functions and structures (Documentation/bpf/btf.rst). */
export interface KernelTypes {
  /** The number of a function, to which programs are attached; undefined where there is none. */
  functionId(name: string): number | undefined;
  /** Byte offset of a member such as `thread_info.status`. Throws SC_HOST_UNFIT where there is none. */
  offset(structure: string, member: string): number;
  /** Bytes of a structure. Throws SC_HOST_UNFIT. */
  size(structure: string): number;
}

/** Reads the types of the running kernel. Throws SC_HOST_UNFIT where it was built without. */
export async function readKernelTypes(path = '/sys/kernel/btf/vmlinux'): Promise<KernelTypes> {
  return parseTypes(await during('SC_HOST_UNFIT', "read the kernel's types", () => readFileSync(path)));
}

/** Types by their numbers, as offsets in the bytes. */
export function parseTypes(bytes: Buffer): KernelTypes {
  if (bytes.length < 24 || bytes.readUInt16LE(0) !== MAGIC)
    throw unfit('they are not in a form that sc reads');
  const headerSize = bytes.readUInt32LE(4);
  const [typesAt, typesSize, namesAt, namesSize] = [8, 12, 16, 20].map((at) => bytes.readUInt32LE(at)) as [
    number,
    number,
    number,
    number,
  ];
  const types = new DataView(bytes.buffer, bytes.byteOffset + headerSize + typesAt, typesSize);
  const names = bytes.subarray(headerSize + namesAt, headerSize + namesAt + namesSize);
  const offsets = listTypes(types);

  const kind = (at: number) => (types.getUint32(at + 4, true) >>> 24) & 0x1f;
  const find = (wanted: number, name: string): number | undefined => {
    // Each name is there once, so that its place stands for it.
    const place = names.indexOf(`\0${name}\0`) + 1;
    if (place === 0) return undefined;
    const id = offsets.findIndex(
      (at, index) => index > 0 && types.getUint32(at, true) === place && kind(at) === wanted,
    );
    return id < 0 ? undefined : id;
  };
  const structure = (name: string): number => {
    const id = find(STRUCT, name);
    if (id === undefined) throw unfit(`there is no struct ${name}`);
    return offsets[id] ?? 0;
  };
  /** Of the type itself, behind its other names. */
  const resolve = (id: number): number => {
    const at = offsets[id] ?? 0;
    const isName = [TYPEDEF, VOLATILE, CONST].includes(kind(at));
    return isName ? resolve(types.getUint32(at + 8, true)) : at;
  };
  /** Bits from the start of the structure, and the member's own type. Members without a name are looked into. */
  const member = (at: number, name: string): { bits: number; type: number } | undefined => {
    if (kind(at) !== STRUCT && kind(at) !== UNION) return undefined;
    const info = types.getUint32(at + 4, true);
    const isBitfields = info >>> 31 === 1;
    for (let index = 0; index < (info & 0xffff); index++) {
      const entry = at + 12 + index * 12;
      const raw = types.getUint32(entry + 8, true);
      const bits = isBitfields ? raw & 0xff_ffff : raw;
      const nameAt = types.getUint32(entry, true);
      const type = resolve(types.getUint32(entry + 4, true));
      if (nameAt !== 0 && names.toString('latin1', nameAt, names.indexOf(0, nameAt)) === name)
        return { bits, type };
      const inner = nameAt === 0 ? member(type, name) : undefined;
      if (inner !== undefined) return { bits: bits + inner.bits, type: inner.type };
    }
    return undefined;
  };

  return {
    functionId: (name) => find(FUNC, name),
    size: (name) => types.getUint32(structure(name) + 8, true),
    offset: (name, path) => {
      let found = { bits: 0, type: structure(name) };
      for (const part of path.split('.')) {
        const next = member(found.type, part);
        if (next === undefined) throw unfit(`struct ${name} has no ${path}`);
        found = { bits: found.bits + next.bits, type: next.type };
      }
      return found.bits / 8;
    },
  };
}

/** Where each type begins; number 0 is void and stands nowhere. */
function listTypes(types: DataView): number[] {
  const offsets = [0];
  for (let at = 0; at < types.byteLength; ) {
    offsets.push(at);
    const info = types.getUint32(at + 4, true);
    const [fixed, each] = sizes[(info >>> 24) & 0x1f] ?? [0, 0];
    at += 12 + fixed + each * (info & 0xffff);
  }
  return offsets;
}

function unfit(why: string): ScError {
  return new ScError('SC_HOST_UNFIT', `read the kernel's types: ${why}`);
}
