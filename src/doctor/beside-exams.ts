// What borders on this machine and is not covered by itself: containers and WSL systems.
import { lookAround } from '../system/environment/surroundings.ts';
import { programRunner } from '../system/run-program.ts';
import type { Exam } from './exam.ts';
import type { Patient } from './patient.ts';

export function besideExams({ machine }: Patient): readonly Exam[] {
  return [
    {
      id: 'containers',
      title: 'Containers and WSL',
      tried: 'Looking for container engines and WSL systems; only their own query tools are run',
      look: async () => {
        const { notes } = await lookAround({ ...machine, root: '/', run: programRunner(machine.env) });
        return { verdict: 'ok', seen: notes.length === 0 ? 'None was found.' : notes.join(' ') };
      },
    },
  ];
}
