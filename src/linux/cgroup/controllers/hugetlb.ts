import type { HostLook } from '../cgroup.ts';
import { type CgroupController, given, write } from './controller.ts';

const pools = '/sys/kernel/mm/hugepages';

/**
 * Memory in huge pages, a limit for each page size. What is reserved is limited beside what is in use
 * (Linux 5.7), so that a program that asks for too much is told by mmap(2), not killed by SIGBUS later.
 */
export const hugetlb: CgroupController = {
  names: { 1: 'hugetlb', 2: 'hugetlb' },
  always: () => false,

  fields: ({ hugetlb = [] }) =>
    given(
      Object.fromEntries(hugetlb.map(({ pageSize }) => [`resources.hugetlb.${inUnits(pageSize)}`, pageSize])),
    ),

  complaints: ({ hugetlb = [] }, { look }) => {
    const sizes = pageSizes(look);
    return hugetlb
      .filter(({ pageSize }) => !sizes.includes(pageSize))
      .map(({ pageSize }) => ({
        path: `resources.hugetlb.${inUnits(pageSize)}`,
        message: `the kernel has no pages of ${inUnits(pageSize)}`,
        expected: sizes.length === 0 ? 'a kernel with huge pages' : sizes.map(inUnits).join(' or '),
      }));
  },

  v1: ({ hugetlb = [] }) => ({
    writes: hugetlb.flatMap(({ pageSize, limit }) => [
      ...write(`hugetlb.${inName(pageSize)}.limit_in_bytes`, limit),
      ...write(`hugetlb.${inName(pageSize)}.rsvd.limit_in_bytes`, limit),
    ]),
  }),

  v2: ({ hugetlb = [] }) => ({
    writes: hugetlb.flatMap(({ pageSize, limit }) => [
      ...write(`hugetlb.${inName(pageSize)}.max`, limit),
      ...write(`hugetlb.${inName(pageSize)}.rsvd.max`, limit),
    ]),
  }),

  lift: (_, { hierarchy }) => (hierarchy.version === 1 ? '-1' : 'max'),
};

/** Bytes, smallest first. */
function pageSizes(look: HostLook): number[] {
  return look
    .list(pools)
    .map((name) => Number(/^hugepages-(\d+)kB$/.exec(name)?.[1] ?? 0) * 1024)
    .filter((size) => size > 0)
    .sort((left, right) => left - right);
}

/** `2MB` for 2Mi: so the kernel names its files (mm/hugetlb_cgroup.c, mem_fmt). */
function inName(size: number): string {
  return inUnits(size).replace('i', 'B');
}

/** `2Mi`, as the container file has it. */
function inUnits(size: number): string {
  const [unit, factor] = (
    [
      ['Gi', 2 ** 30],
      ['Mi', 2 ** 20],
      ['Ki', 2 ** 10],
    ] as const
  ).find(([, factor]) => size >= factor) ?? ['B', 1];
  return `${size / factor}${unit}`;
}
