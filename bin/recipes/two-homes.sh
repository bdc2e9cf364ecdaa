#!/bin/sh
# Production and development side by side: two homes with a passphrase each, which share nothing. Prints which one it works on.
#   two-homes.sh production status
#   two-homes.sh development import dev.env
# Deployed stacks: one account or region each, AWS_PROFILE=production tokens --stack TokenRotator status.
set -eu
stage=$1
shift
case $stage in
  production | development) ;;
  *) echo "Say production or development." >&2; exit 2 ;;
esac
TOKENS_HOME=${TOKENS_HOMES:-$HOME/.token-rotator}/$stage
TOKENS_PASSPHRASE_FILE=${TOKENS_HOMES:-$HOME/.token-rotator}/$stage.passphrase
export TOKENS_HOME TOKENS_PASSPHRASE_FILE
echo "[$stage]" >&2
exec tokens "$@"
