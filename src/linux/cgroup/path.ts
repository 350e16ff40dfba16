import { ScError } from '../../errors/error.ts';

/** Names that the kernel gives to files of a group: `tasks`, `memory.max`. What is there already would not be made. */
const kernelFile =
  /^(tasks|notify_on_release|release_agent|(cgroup|memory|cpu|cpuacct|cpuset|pids|io|blkio|hugetlb|devices|freezer|net_cls|net_prio|perf_event|rdma|misc|dmem|irq|debug)\..*)$/;

/** `/sc` or `/sc.slice/jobs` as its components. Throws SC_USAGE for what could lead elsewhere. */
export function parseParent(parent: string): string[] {
  if (!parent.startsWith('/') || parent === '/') throw badPath(parent);
  return parent
    .slice(1)
    .split('/')
    .map((component) => checkComponent(component, parent));
}

/** The name of a single group. Throws SC_USAGE like parseParent. */
export function checkGroupName(name: string): string {
  return checkComponent(name, name);
}

/** Neither `..`, which would leave our part of the tree, nor what could be a file of the kernel. */
function checkComponent(component: string, whole: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(component) && !kernelFile.test(component)) return component;
  throw badPath(whole);
}

function badPath(path: string): ScError {
  return new ScError('SC_USAGE', `"${path}" is no name for a control group`, {
    hint: 'letters, digits, _, - and ., separated by single slashes after a first one, and no file of the kernel',
  });
}
