/** Runs one job of a server of its own, to be killed in the middle of it. Its argument says which, where and when. */
import { type JobName, openBackgroundServer, type SharedPlace } from './background-jobs.ts';

export interface JobToRun {
  place: SharedPlace;
  job: JobName;
  holder: string;
  /** when the server was started, and what time it is now */
  started: number;
  now: number;
}

const { place, job, holder, started, now } = JSON.parse(process.argv[2] ?? '') as JobToRun;
const clock = { time: started, now: () => clock.time };
const server = await openBackgroundServer(place, clock, holder);
clock.time = now;
await server.jobs[job]();
await server.close();
process.exit(server.problems.length);
