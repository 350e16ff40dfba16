import { isUtf8 } from 'node:buffer';
import { Flaw } from './flaw.ts';

/*
 * An extended attribute in a tar is a record whose key ends with its name. A key ends at the first "=", so GNU tar
 * writes "%3D" for that in a name, and "%25" for "%". Others write "%" as it is, therefore we do where it misleads
 * nobody.
 */

/** Of `SCHILY.xattr.NAME`. */
export function readXattrName(coded: string): string {
  return checked(coded.replace(/%(3D|25)/g, (_, code) => (code === '3D' ? '=' : '%')));
}

export function writeXattrName(name: string): string {
  return name.replace(/=|%(?=3D|25)/g, (character) => (character === '=' ? '%3D' : '%25'));
}

/** Of `LIBARCHIVE.xattr.NAME`, where any byte may be written with "%". */
export function readEscapedXattrName(coded: string): string {
  const bytes = Buffer.from(
    coded
      .replace(/[^%]+/g, (text) => Buffer.from(text).toString('latin1'))
      .replace(/%([0-9A-Fa-f]{2})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16))),
    'latin1',
  );
  if (!isUtf8(bytes)) throw new Flaw('the name of an extended attribute is no UTF-8');
  return checked(bytes.toString());
}

function checked(name: string): string {
  if (name === '' || name.includes('\0'))
    throw new Flaw('the name of an extended attribute is empty or has NUL');
  return name;
}

/** What `LIBARCHIVE.xattr.NAME` says. */
export function readBase64(value: Buffer): Buffer {
  const text = value.toString('latin1');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new Flaw('the value of an extended attribute is no base64');
  return Buffer.from(text, 'base64');
}
