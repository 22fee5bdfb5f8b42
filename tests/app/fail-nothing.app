[Unit]
Description=nothing to run
