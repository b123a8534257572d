import type { ReactNode } from 'react';
import styles from './chips.module.css';

type Props<Value extends string> = {
  /** What is chosen, for who does not see it. */
  readonly label: string;
  readonly options: readonly { readonly value: Value | undefined; readonly label: string }[];
  readonly value: Value | undefined;
  readonly onChange: (value: Value | undefined) => void;
};

/** Filters of which one is in force. */
export function Chips<Value extends string>({ value, ...row }: Props<Value>) {
  return <ChipRow {...row} isOn={(one) => one === value} />;
}

type ManyProps<Value extends string> = Omit<Props<Value>, 'value'> & { readonly values: readonly Value[] };

/** Filters of which several stand together; the one without a value is in force where no other is. */
export function ManyChips<Value extends string>({ values, ...row }: ManyProps<Value>) {
  return <ChipRow {...row} isOn={(one) => (one === undefined ? values.length === 0 : values.includes(one))} />;
}

type RowProps<Value extends string> = Omit<Props<Value>, 'value'> & { readonly isOn: (value: Value | undefined) => boolean };

function ChipRow<Value extends string>({ label, options, isOn, onChange }: RowProps<Value>) {
  return (
    <fieldset className={styles['chips']}>
      <legend className="visually-hidden">{label}</legend>
      {options.map((option) => (
        <button
          key={option.value ?? ''}
          type="button"
          className={styles['chip']}
          aria-pressed={isOn(option.value)}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}

/** All that a list is filtered by: chips, and fields beside them. */
export function FilterRow({ children }: { readonly children: ReactNode }) {
  return <div className={styles['row']}>{children}</div>;
}
