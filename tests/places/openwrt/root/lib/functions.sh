# shellcheck shell=dash disable=SC2034
# Stands for OpenWrt's /lib/functions.sh: reading a configuration.
config_load() { config=$1; }
config_get() {
	local value
	value=$(uci -q get "$config.$2.$3") || value=
	eval "$1=\${value:-\$4}"
}
config_get_bool() {
	config_get "$1" "$2" "$3" "$4"
	eval "case \$$1 in 1 | on | true | yes | enabled) $1=1 ;; *) $1=0 ;; esac"
}
