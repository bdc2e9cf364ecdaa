/** Says why a tenant fails. Any error code may be a cause too, where the failure says enough. */
type CauseName =
  | 'never_connected'
  | 'credential_gone'
  | 'answer_lost'
  | 'spent_elsewhere'
  | 'unused'
  | 'life_over'
  | 'all_of_app'
  | 'consent_day'
  | 'cap_reached'
  | 'test_mode'
  | 'scope_changed'
  | 'scope_refused'
  | 'client_changed'
  | 'account_changed'
  | 'clock_wrong'
  | 'code_refused'
  | 'secret_over'
  | 'secret_changed'
  | 'withdrawn';

/** A cause that fits, before it is weighed against the others. */
export interface Fit {
  cause: CauseName;
  /** Says whether the evidence alone is enough, where nothing else fits. */
  strong: boolean;
  evidence: string[];
  prevention: string;
  /** Where the catalogue's next step is not the right one. */
  next_step?: string;
}
