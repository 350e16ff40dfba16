import { isScalar, type Node, Scalar } from 'yaml';
import type { Complaint } from './finding.ts';
import { plainScalarTrap } from './plain-scalar.ts';
import { textFlaw } from './text-flaw.ts';

/** Why a key of a map is not taken as it stands, if it is not. */
export function keyComplaint(node: Node): Complaint | undefined {
  if (!isScalar(node)) return { message: 'found a key that is no text', expected: 'text' };
  if (node.tag) return tagComplaint(node.tag);
  const source = node.source ?? '';
  if (node.value === '<<') {
    return {
      message: 'found the merge key <<, which is of YAML 1.1',
      expected: 'the keys themselves; an alias can stand for a whole value',
    };
  }
  const trap = node.type === Scalar.PLAIN ? plainScalarTrap(source, node.value) : undefined;
  if (trap) return source === '' ? { message: 'found an empty key', expected: 'text' } : trap;
  if (typeof node.value !== 'string') {
    return {
      message: `found the key ${source} without quotes, which is no text`,
      expected: `the text in quotes, "${source}"`,
    };
  }
  if (node.value.includes('${')) return { message: 'found a variable in a key', expected: 'a key as it is' };
  return textFlaw(node.value);
}

/** A value is what it stands as; another reader could not know a tag. */
export function tagComplaint(tag: string): Complaint {
  return { message: `found the tag ${tag.replace('tag:yaml.org,2002:', '!!')}`, expected: 'no tag' };
}
