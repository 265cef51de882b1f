// The body as it would be sent, with what was replaced marked and long unchanged runs folded.
import { useId } from 'react';
import { formatNumber } from '../../format.ts';
import { CopyButton } from '../../parts/figures.tsx';
import { t } from '../../strings/en.ts';
import css from './tester.module.css';
import { fold, sentPieces } from './sent-marks.ts';

/** Characters that stay beside each replacement. */
const around = 400;

export function SentBody({ sent, original }: { readonly sent: string; readonly original: string | undefined }) {
  const id = useId();
  const pieces = sentPieces(sent, original);
  const replaced = pieces.filter(({ kind }) => kind === 'replaced').length;
  return (
    <section aria-labelledby={id}>
      <div className={css['sentHead']}>
        <h3 id={id} className={css['answerTitle']}>
          {t.policy.sent.title}
        </h3>
        <span className={css['muted']}>{t.policy.sent.replaced(replaced)}</span>
        <CopyButton text={sent} />
      </div>
      {/* It scrolls, so the keyboard must reach it. */}
      <pre className={css['sentBody']} tabIndex={0} aria-labelledby={id}>
        {fold(pieces, around).map((piece, index) =>
          piece.kind === 'left-out' ? (
            <span key={index} className={css['leftOut']}>
              {t.policy.sent.left(formatNumber(piece.characters))}
            </span>
          ) : piece.kind === 'same' ? (
            <span key={index}>{piece.text}</span>
          ) : (
            <span key={index}>
              {piece.was === undefined ? null : <del className={css['was']}>{piece.was}</del>}
              <mark className={css['replaced']}>{piece.text}</mark>
            </span>
          ),
        )}
      </pre>
    </section>
  );
}
