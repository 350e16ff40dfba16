import { expect, test } from 'vitest';
import { describeHistory } from '../../src/cli/describe-history.ts';
import { describeImageIds, describeImages } from '../../src/cli/describe-images.ts';

const id = `sha256:4f2a9c0b7d1e${'0'.repeat(52)}`;
const image = {
  id,
  digest: `sha256:${'1'.repeat(64)}`,
  platforms: ['linux/amd64'],
  size: 30_000_000,
  layers: 1,
  containers: [],
};
const now = Date.parse('2024-05-03T12:00:00Z');

test('images are listed as docker lists them, and why one cannot be read', () => {
  const images = [
    { ...image, name: 'example.com:5000/team/web:1.0', createdAt: '2024-05-01T12:00:00Z' },
    image,
  ];
  const error = { code: 'SC_BAD_IMAGE', message: 'read config: the blob is missing' } as const;
  const broken = [{ digest: image.digest, name: 'lost:1', error }];
  expect(describeImages({ images, broken }, { now, isWhole: false }).split('\n')).toEqual([
    'REPOSITORY                 TAG     IMAGE ID      CREATED     SIZE',
    'example.com:5000/team/web  1.0     4f2a9c0b7d1e  2 days ago  30MB',
    '<none>                     <none>  4f2a9c0b7d1e              30MB',
    `lost                       1${' '.repeat(33)}broken (SC_BAD_IMAGE)`,
    'read config: the blob is missing',
  ]);
  expect(describeImageIds({ images, broken }, { isWhole: false })).toBe('4f2a9c0b7d1e');
  expect(describeImageIds({ images, broken }, { isWhole: true })).toBe(id);
});

test('a history shows its steps, shortened unless it is to be whole', () => {
  const createdBy = `sh -c ${'x'.repeat(60)}\nand more`;
  const steps = [
    { createdAt: '2024-05-01T12:00:00Z', createdBy, comment: 'a step', size: 1_000 },
    { size: 0 },
  ];
  expect(describeHistory({ id, steps }, { now, isWhole: false }).split('\n')).toEqual([
    'CREATED     CREATED BY                                     SIZE  COMMENT',
    `2 days ago  sh -c ${'x'.repeat(36)}...  1kB   a step`,
    `${' '.repeat(59)}0B`,
  ]);
  expect(describeHistory({ id, steps }, { now, isWhole: true })).toContain(`${'x'.repeat(60)} and more`);
});
