"""Linear algebra.

schur               Lyapunov equations of large matrices
discrete_lyapunov   stationary covariance of steps
twofold             matrix products in twice double precision
covariance_errors   errors of covariances in units of their widths
"""
