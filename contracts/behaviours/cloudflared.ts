/** Behaviours of the sign-in by cloudflared and native apps. */
import { behaviour, everywhere } from './behaviour.ts'

export const cloudflaredBehaviours = {
  'programs.clock': behaviour({
    about:
      'Which clock dates cf-access-metadata and SSH certificates: cloudflared and sshd compare them with their own, so the wall clock wherever the emulator’s stands',
    values: ['wall', 'emulator'],
    source: ['emulator-programs-clock'],
    in: everywhere('wall', 'emulator_only'),
  }),
  'token_check.answered_by': behaviour({
    about: 'Who answers a request with cloudflared_token_check=true that the policies admit',
    values: ['edge', 'origin'],
    source: ['sign-in-token-check', 'sign-in-token-check-answer'],
    in: everywhere('edge', 'documented'),
  }),
  'transfer.hold_seconds': behaviour({
    about:
      'How long a poll of the transfer service waits for an approval, in real time; cloudflared gives up after ten polls, and at 60 seconds',
    values: [50, 20, 5, 0],
    source: ['sign-in-transfer-pending'],
    in: everywhere(50, 'assumed'),
  }),
  'transfer.pending_status': behaviour({
    about: 'Status of such a poll once it is over',
    values: [404, 204, 200],
    source: ['sign-in-transfer-pending'],
    in: everywhere(404, 'assumed'),
  }),
} as const
