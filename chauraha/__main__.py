from chauraha.main import run

run()
