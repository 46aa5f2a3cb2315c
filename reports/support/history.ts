/** Histories as tests write them: a line each, `time process type f value-as-JSON`. */
import { NEMESIS, type Operation, type OperationType } from '../../harness/history/index.ts';

export function history(text: string): readonly Operation[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .map((line, index) => {
      const [time = '', process = '', type = '', f = '', value = 'null'] = line.split(/\s+/);
      return {
        index,
        time: Number(time),
        process: process === NEMESIS ? NEMESIS : Number(process),
        type: type as OperationType,
        f,
        value: JSON.parse(value) as unknown,
      };
    });
}
