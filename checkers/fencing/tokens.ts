/** Clause: tokens are unique and increasing in their scope. No token is ever held by two leaders, nor given out twice. */
import type { Findings } from '../evidence/index.ts';
import type { LeaderChange } from './leader-change.ts';
import type { Election } from './log-lines.ts';

const logLine = ({ record }: Election) => ({ node: record.node, line: record.line });

export function checkTokens(elections: readonly Election[], changes: readonly LeaderChange[], findings: Findings): void {
  const firstByToken = new Map<string, Election>();
  // Lines of one node stand in the order it wrote them; lines of two nodes have no order that a clock could give them.
  const lastByNode = new Map<string, Election>();
  for (const election of elections) {
    const { scope, token, holder } = election;
    const twin = firstByToken.get(JSON.stringify([scope, token]));
    if (twin === undefined) {
      firstByToken.set(JSON.stringify([scope, token]), election);
    } else {
      findings.violation('token-unique', {
        summary: `Token ${token} of scope ${scope} was given out twice: to ${twin.holder} and to ${holder}.`,
        logLines: [logLine(twin), logLine(election)],
        data: { scope, token, holders: [twin.holder, holder] },
      });
    }
    const place = JSON.stringify([scope, election.record.node]);
    const previous = lastByNode.get(place);
    lastByNode.set(place, election);
    if (previous !== undefined && token < previous.token) {
      findings.violation('token-increasing', {
        summary: `${election.record.node} reported token ${token} of scope ${scope} after token ${previous.token}: tokens must increase.`,
        logLines: [logLine(previous), logLine(election)],
        data: { scope, token, previousToken: previous.token },
      });
    }
  }
  for (const { faultId, scope, oldLeader, oldToken, newLeader, newToken } of changes) {
    // A follower may report an old leader, but two leaders under one token contradict each other whenever they were reported.
    if (newLeader === undefined || newLeader === oldLeader || newToken !== oldToken) continue;
    findings.violation('token-unique', {
      summary: `${oldLeader} and its successor ${newLeader} led scope ${scope} under the same token ${oldToken} (${faultId}).`,
      data: { scope, token: oldToken, holders: [oldLeader, newLeader], fault: faultId },
    });
  }
}
