#!/bin/sh
sleep "${1:-30}"
poweroff -f
