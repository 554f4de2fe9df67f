"""Linear algebra.

schur               Lyapunov equations of large matrices
discrete_lyapunov   stationary covariance of steps
linear_steps        covariances after linear steps, and joined steps
twofold             matrix products in twice double precision, compiled in twofold_kernel
covariance_errors   errors of covariances in units of their widths
"""
