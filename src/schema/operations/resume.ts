// Generated from schema/operations/resume.schema.json by `npm run generate`; not to be edited.

import type { Many, ManyRequest } from './many.ts';

/** Lets all processes of containers go on that were paused. */
export type Resume = ResumeRequest | ResumeResult;

/** What is to go on. */
export type ResumeRequest = ManyRequest;

/** `sc resume`. */
export type ResumeResult = Many;
